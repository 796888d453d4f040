"""What each client can do, as the tests show it: docs/clients/support.json and the tables in docs/clients/*.md."""
