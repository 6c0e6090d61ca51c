"""The only user of the database: people, samples, heads, events, migrations."""
