"""What is worth measuring: the tables that matter, their measures, shares and timelines, and their key figures."""
