"""What people configure: projects, keys, prices, retention."""
