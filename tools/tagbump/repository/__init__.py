"""The git repository: how it is asked, what its objects say, and how something is brought there."""
