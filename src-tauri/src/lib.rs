//! The desktop shell of Tidings.
