"""What kiosks judge by: the hub's TUF repository, who signs it, and what it says."""
