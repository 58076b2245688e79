"""The ports: what each room promises to the others, in words. A contract suite holds every engine to them."""
