"""What the routes of vendors' own APIs share: their errors, where their ids are, how what they send is stored."""
