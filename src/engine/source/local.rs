//! Folders of this computer.
