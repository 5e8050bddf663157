"""Pure decisions of Parameter Store: names, hierarchy, tiers, filters."""
