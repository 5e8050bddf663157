"""What tests share: real servers, clients of them, and accounts of their own."""
