"""Who owns a row: the scope, the wall on the session, the wall in the database."""
