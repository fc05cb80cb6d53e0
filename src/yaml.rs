//! Hand-written YAML with the place of every value.
