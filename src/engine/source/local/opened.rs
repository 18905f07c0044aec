//! What is in the files of one title and beside them, looked up when somebody wants to know it.

use std::path::Path;

use super::scan::{self, FoundFile};
use super::{Folder, catalogue, sidecar};
use crate::model::{Chapter, Item, ItemId, Part, Piece, Resolution};
use crate::source::{Details, ExternalSubtitle, Probed, SourceError};

/// One file.
pub(super) struct Opened {
    part: Part,
    probed: Probed,
    subtitles: Vec<ExternalSubtitle>,
}

impl Folder {
    /// Looks into a file of a title, and at what lies beside it.
    pub(super) async fn look_into(&self, item: &ItemId, key: &str) -> Result<Opened, SourceError> {
        let file = self.file(key)?;
        let (root, path) = (self.root.clone(), file.clone());
        let beside = self.hands.run(move |_| beside(&root, &path)).await;
        let (found, companions) = self.or_away(beside, key).await?;
        let mut part = catalogue::part(item.clone(), &found);
        let probed = match &self.prober {
            Some(prober) => prober.probe(file.clone()).await.unwrap_or_default(),
            None => Probed::default(),
        };
        part.tracks.clone_from(&probed.tracks);
        let mut subtitles = sidecar::subtitles(&companions, &sidecar::stem_of(&file));
        for subtitle in &mut subtitles {
            subtitle.part = Some(part.id.clone());
        }
        Ok(Opened {
            part,
            probed,
            subtitles,
        })
    }
}

/// A title with what was found in its files, of which several are pieces of it. Where nothing tells how long they are, it has
/// only its first one.
pub(super) fn details(mut item: Item, mut files: Vec<Opened>) -> Details {
    let lengths: Vec<_> = files
        .iter()
        .map(|file| (file.probed.duration, file.part.size))
        .collect();
    let pieces = Piece::lay(0, &lengths, item.duration);
    match &pieces {
        Some(pieces) => {
            item.duration = pieces.first().map(|piece| piece.whole);
            for (file, piece) in files.iter_mut().zip(pieces) {
                file.part.piece = Some(*piece);
            }
        }
        None => {
            files.truncate(1);
            let known = files.first().and_then(|file| file.probed.duration);
            item.duration = known.or(item.duration);
        }
    }
    let picture = files.first().map(|file| file.probed.picture);
    let (width, height) = picture.unwrap_or_default();
    item.resolution = Resolution::of_size(width, height).or(item.resolution);
    item.parts.clear();
    let mut subtitles = Vec::new();
    for file in files {
        let begins_at = file
            .part
            .piece
            .map(|piece| piece.begins_at)
            .unwrap_or_default();
        let chapters = file.probed.chapters.into_iter();
        item.chapters.extend(chapters.map(|chapter| Chapter {
            start: begins_at + chapter.start,
            ..chapter
        }));
        subtitles.extend(file.subtitles);
        item.parts.push(file.part);
    }
    Details {
        subtitles,
        ..Details::of(item)
    }
}

/// A file as it is now, and the files of use beside it.
fn beside(root: &Path, file: &Path) -> Result<(FoundFile, Vec<FoundFile>), SourceError> {
    let found = |path: &Path| scan::kind_of(path).and_then(|kind| scan::one(root, path, kind));
    let own = found(file).ok_or(SourceError::Gone)?;
    let folder = file.parent().unwrap_or(root);
    let entries =
        std::fs::read_dir(folder).map_err(|error| SourceError::Unreadable(error.to_string()))?;
    let mut companions: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| found(&entry.path()))
        .collect();
    companions.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok((own, companions))
}
