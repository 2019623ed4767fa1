"""What is known of the files of a watch root, and what has changed in them."""
