"""Pure decisions of Secrets Manager: names, staging labels, limits."""
