use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;

use super::*;
use crate::model::{ItemId, Library, LibraryId, Page, PartId, SourceKind};
use crate::source::{Details, Located, Report, SourceError};

/// A source that has one picture, handed out when its gate opens.
#[derive(Default)]
struct OnePicture {
    asked: AtomicUsize,
    gate: Notify,
}

#[async_trait]
impl Source for OnePicture {
    fn kind(&self) -> SourceKind {
        SourceKind::Jellyfin
    }
    async fn check(&self) -> Result<(), SourceError> {
        Ok(())
    }
    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        Err(SourceError::Gone)
    }
    async fn items(&self, _: &LibraryId, _: u64, _: u64) -> Result<Page, SourceError> {
        Err(SourceError::Gone)
    }
    async fn details(&self, _: &ItemId) -> Result<Details, SourceError> {
        Err(SourceError::Gone)
    }
    async fn locate(&self, _: &PartId) -> Result<Located, SourceError> {
        Err(SourceError::Gone)
    }
    async fn image(&self, image: &ImageId, _: u32) -> Result<Bytes, SourceError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.gate.notified().await;
        if image.key() != "poster" {
            return Err(SourceError::Gone);
        }
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(30, 45, image::Rgb([1, 2, 3]))
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        Ok(bytes.into_inner().into())
    }
    async fn subtitle(&self, _: &ItemId, _: &str) -> Result<Bytes, SourceError> {
        Err(SourceError::Gone)
    }
    async fn report(&self, _: &Report) -> Result<(), SourceError> {
        Ok(())
    }
    async fn set_watched(&self, _: &ItemId, _: bool) -> Result<(), SourceError> {
        Ok(())
    }
}

fn service(
    folder: &std::path::Path,
    source: &Arc<OnePicture>,
    runtime: &Runtime,
) -> ArtworkService {
    let source: Arc<dyn Source> = Arc::<OnePicture>::clone(source);
    ArtworkService::start(
        folder.join("artwork"),
        Arc::new(move |_| Some(Arc::clone(&source))),
        runtime,
    )
}

fn poster() -> ImageId {
    ImageId::new("a".parse().unwrap(), "poster")
}

#[test]
fn many_who_want_one_picture_share_one_fetch_and_it_stays_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::start().unwrap();
    let source = Arc::new(OnePicture::default());
    let first = service(folder.path(), &source, &runtime);
    let wants: Vec<_> = (0..8)
        .map(|_| {
            let first = first.clone();
            runtime
                .handle()
                .spawn(async move { first.picture(&poster(), 150).await })
        })
        .collect();
    source.gate.notify_one();
    for want in wants {
        let picture = runtime.handle().block_on(want).unwrap().unwrap();
        assert_eq!(
            (picture.width, picture.height, &picture.rgba[..4]),
            (30, 45, &[1, 2, 3, 255][..])
        );
    }
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);

    // Another start, with a server that never answers.
    let later = service(folder.path(), &source, &runtime);
    assert!(
        runtime
            .handle()
            .block_on(later.picture(&poster(), 150))
            .is_some()
    );
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_picture_that_cannot_be_had_is_none_and_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::start().unwrap();
    let source = Arc::new(OnePicture::default());
    let service = service(folder.path(), &source, &runtime);
    let missing = ImageId::new("a".parse().unwrap(), "missing");
    for round in 1..=2 {
        source.gate.notify_one();
        assert_eq!(
            runtime.handle().block_on(service.picture(&missing, 150)),
            None
        );
        assert_eq!(source.asked.load(Ordering::SeqCst), round);
    }
}
