//! Pictures, videos and files: not part of this version yet.
