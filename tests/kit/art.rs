//! Posters, backdrops, stills and a cover that look like real ones: drawn as SVG, made pictures by `rsvg-convert`.

mod canvas;
mod poster;
mod scene;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

pub use scene::Scene;

use crate::titles::{self, Film};

/// Size of a poster.
const POSTER: (u32, u32) = (600, 900);
/// Size of a backdrop.
const BACKDROP: (u32, u32) = (1280, 720);
/// Size of an episode's still.
const STILL: (u32, u32) = (640, 360);
/// Size of the album's cover.
const COVER: (u32, u32) = (600, 600);

/// Draws everything into `folder`, as JPEG files.
pub(crate) fn draw_all(folder: &Path) {
    let films = titles::FILMS.iter().enumerate();
    let mut jobs: Vec<(String, String)> = films
        .flat_map(|(index, film)| {
            let slug = film.slug();
            [
                (format!("{slug}-poster"), poster::film(film, index, POSTER)),
                (format!("{slug}-backdrop"), picture(film, BACKDROP)),
            ]
        })
        .collect();
    let show = titles::slug(titles::SHOW);
    jobs.push((format!("{show}-poster"), poster::show(POSTER)));
    jobs.push((
        format!("{show}-backdrop"),
        svg(Scene::Observatory, 0, BACKDROP, ""),
    ));
    for season in 1..=titles::EPISODES.len() {
        jobs.push((
            format!("{show}-season-{season}"),
            poster::season(season, POSTER),
        ));
        for episode in 1..=titles::EPISODES[season - 1].len() {
            let shade = u32::try_from(season * 10 + episode).unwrap_or(0);
            let name = format!("{show}-s{season:02}e{episode:02}-still");
            jobs.push((name, svg(Scene::Observatory, shade, STILL, "")));
        }
    }
    let album = titles::slug(titles::ALBUM);
    jobs.push((format!("{album}-cover"), poster::cover(COVER)));
    std::thread::scope(|scope| {
        for half in jobs.chunks(jobs.len().div_ceil(2)) {
            scope.spawn(move || {
                for (name, svg) in half {
                    render(svg, &folder.join(format!("{name}.jpg")));
                }
            });
        }
    });
}

/// A film's scene alone.
fn picture(film: &Film, size: (u32, u32)) -> String {
    svg(film.scene, 0, size, "")
}

/// A whole SVG document: a scene with something drawn over it.
fn svg(scene: Scene, shade: u32, (width, height): (u32, u32), over: &str) -> String {
    let scene = scene.draw(f64::from(width), f64::from(height), shade);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{scene}{over}</svg>"#
    )
}

/// Renders an SVG document to a JPEG file.
fn render(svg: &str, to: &Path) {
    let png = to.with_extension("png");
    let mut child = Command::new("rsvg-convert")
        .args(["--format", "png", "--output"])
        .arg(&png)
        .stdin(Stdio::piped())
        .spawn()
        .expect("rsvg-convert is installed (Debian: librsvg2-bin)");
    let mut pipe = child.stdin.take().expect("the pipe was asked for");
    pipe.write_all(svg.as_bytes())
        .expect("rsvg-convert reads its input");
    drop(pipe);
    let status = child.wait().expect("rsvg-convert can be waited for");
    assert!(status.success(), "rsvg-convert failed on {}", to.display());
    let quality = ["-frames:v", "1", "-q:v", "3"];
    crate::media::ffmpeg(
        &[&["-i", crate::media::utf8(&png)], &quality[..]].concat(),
        to,
    );
    std::fs::remove_file(&png).expect("the picture was just written");
}
