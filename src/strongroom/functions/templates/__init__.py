"""The rotation templates that every account has, under the names that AWS gives them."""
