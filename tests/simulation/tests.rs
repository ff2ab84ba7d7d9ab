//! Each check can fail; what was found stays found.
