"""What makes the documentation's site: reference pages written from the code, diagrams, and the site's own hooks."""
