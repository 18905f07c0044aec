//! Jellyfin, 10.10 to 12.
