//! Drives the real app in a real window: a display, a driver, people with accessible names.
