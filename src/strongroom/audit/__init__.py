"""Events, redaction, chains, segments and lookup. Every call leaves an event or gets no answer."""
