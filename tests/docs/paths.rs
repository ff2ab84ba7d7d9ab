//! Each path that a page names is there.
