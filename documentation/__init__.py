"""What builds the documentation's site: reference pages generated from the code, diagrams, and MkDocs hooks."""
