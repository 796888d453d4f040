"""Moving in: reads other products over their public APIs or from their export files, and sends to the server's own doors."""
