"""A child that has nothing to do, and ends well."""
