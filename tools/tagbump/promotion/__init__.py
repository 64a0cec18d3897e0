"""What may go where: the rules, and what they look at. Pure: no git, no file, no network, no clock."""
