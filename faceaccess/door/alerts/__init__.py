"""Ways to tell somebody who is not at the door: a webhook, a broker."""
