"""Who may pass a door when: pure functions over rules, evidence and the time. They fail secure."""
