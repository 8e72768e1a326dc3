"""The built-in catalogue and the mapping files of known public catalogues."""
