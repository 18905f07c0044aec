//! Pictures: fetched once, kept on disk, decoded off the window's thread. (Placeholder; owner: sources.)

use std::sync::Arc;

use crate::model::ImageId;

/// A decoded picture: 8-bit RGBA rows without padding.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Arc<[u8]>,
}

/// Handle to the pictures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ArtworkService {}

impl ArtworkService {
    /// The picture, about `width` pixels wide; from disk without the network where it was seen before. Concurrent requests
    /// for one picture share one fetch. Dropping the future gives up the place in the queue. `None`: it cannot be had.
    pub async fn picture(&self, _image: &ImageId, _width: u32) -> Option<Picture> {
        todo!()
    }
}
