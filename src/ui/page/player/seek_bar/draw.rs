//! How the seek bar looks: the line with its parts, the knob, the bubble with time and chapter.

use std::time::Duration;

use adw::prelude::*;
use gtk::subclass::prelude::*;
use gtk::{gdk, graphene, gsk};

use super::geometry::{self, Span};
use super::imp::{KNOB, SeekBar};
use crate::ui::format;

/// Thickness of the line, in pixels, at rest and under the pointer.
const THICKNESS: (f32, f32) = (5.0, 7.0);
/// Space between the line and the bubble above it, in pixels.
const BUBBLE_GAP: f32 = 6.0;
/// Space around the bubble's text, in pixels, across and down.
const BUBBLE_PAD: (f32, f32) = (9.0, 4.0);
/// How opaque the text colour is in: the empty line, the parts on this device, the part under the pointer.
const OPACITY: (f32, f32, f32) = (0.22, 0.55, 0.18);

impl SeekBar {
    pub(super) fn draw_line(&self, snapshot: &gtk::Snapshot) {
        let (bar, line) = (self.obj(), self.line());
        let lively = self.hovered.get().is_some() || self.dragged.get().is_some();
        let thickness = if lively { THICKNESS.1 } else { THICKNESS.0 };
        let top = (bar.height() as f32 - thickness) / 2.0;
        let ink = bar.color();
        let accent = adw::StyleManager::default()
            .accent_color()
            .to_standalone_rgba(true);
        let starts: Vec<f64> = {
            let chapters = self.chapters.borrow();
            chapters
                .iter()
                .map(|chapter| geometry::share(chapter.start, self.duration.get()))
                .collect()
        };
        let played = Span {
            start: 0.0,
            end: geometry::share(self.shown_position(), self.duration.get()),
        };
        let ahead = self.hovered.get().map(|share| Span {
            start: played.end,
            end: share,
        });

        for piece in line.pieces(&starts) {
            let fill = |span: Option<Span>, color: &gdk::RGBA| {
                if let Some(span) = span {
                    let (x, width) = line.pixels(span);
                    snapshot.append_color(color, &graphene::Rect::new(x, top, width, thickness));
                }
            };
            let (x, width) = line.pixels(piece);
            let outline = graphene::Rect::new(x, top, width, thickness);
            snapshot.push_rounded_clip(&gsk::RoundedRect::from_rect(outline, thickness / 2.0));
            fill(Some(piece), &faint(&ink, OPACITY.0));
            for span in &*self.present.borrow() {
                fill(piece.common(*span), &faint(&ink, OPACITY.1));
            }
            fill(
                ahead.and_then(|ahead| piece.common(ahead)),
                &faint(&ink, OPACITY.2),
            );
            fill(piece.common(played), &accent);
            snapshot.pop();
        }
    }

    pub(super) fn draw_knob(&self, snapshot: &gtk::Snapshot) {
        let (bar, line) = (self.obj(), self.line());
        let radius = if self.dragged.get().is_some() {
            KNOB + 1.0
        } else {
            KNOB
        };
        let x = line.x_of(geometry::share(self.shown_position(), self.duration.get()));
        let y = bar.height() as f32 / 2.0;
        let square =
            |radius: f32| graphene::Rect::new(x - radius, y - radius, radius * 2.0, radius * 2.0);
        let disc = |radius: f32| gsk::RoundedRect::from_rect(square(radius), radius);
        snapshot.append_outset_shadow(
            &disc(radius),
            &gdk::RGBA::new(0.0, 0.0, 0.0, 0.4),
            0.0,
            1.0,
            0.0,
            3.0,
        );
        if bar.has_visible_focus() {
            let accent = adw::StyleManager::default()
                .accent_color()
                .to_standalone_rgba(true);
            snapshot.append_border(&disc(radius + 4.0), &[2.0; 4], &[accent; 4]);
        }
        snapshot.push_rounded_clip(&disc(radius));
        snapshot.append_color(&gdk::RGBA::WHITE, &square(radius));
        snapshot.pop();
    }

    /// Time and chapter under the pointer, above the line and within the bar's width.
    pub(super) fn draw_bubble(&self, snapshot: &gtk::Snapshot) {
        let (Some(share), Some(duration)) = (
            self.dragged.get().or(self.hovered.get()),
            self.duration.get(),
        ) else {
            return;
        };
        let bar = self.obj();
        let layout = bar.create_pango_layout(Some(&self.bubble_text(duration.mul_f64(share))));
        layout.set_ellipsize(gtk::pango::EllipsizeMode::End);
        let most = (bar.width() as f32 - 2.0 * BUBBLE_PAD.0).max(1.0) as i32;
        if layout.pixel_size().0 > most {
            layout.set_width(most * gtk::pango::SCALE);
        }
        let (text_width, text_height) = layout.pixel_size();
        let width = text_width as f32 + 2.0 * BUBBLE_PAD.0;
        let height = text_height as f32 + 2.0 * BUBBLE_PAD.1;
        let x = (self.line().x_of(share) - width / 2.0)
            .clamp(0.0, (bar.width() as f32 - width).max(0.0));
        let y = -height - BUBBLE_GAP;
        let outline =
            gsk::RoundedRect::from_rect(graphene::Rect::new(x, y, width, height), height / 2.0);
        snapshot.push_rounded_clip(&outline);
        snapshot.append_color(&gdk::RGBA::new(0.0, 0.0, 0.0, 0.85), outline.bounds());
        snapshot.pop();
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x + BUBBLE_PAD.0, y + BUBBLE_PAD.1));
        snapshot.append_layout(&layout, &gdk::RGBA::WHITE);
        snapshot.restore();
    }

    fn bubble_text(&self, position: Duration) -> String {
        let time = format::clock(position);
        let chapters = self.chapters.borrow();
        let chapter = chapters
            .iter()
            .rev()
            .find(|chapter| chapter.start <= position);
        match chapter.filter(|chapter| !chapter.title.is_empty()) {
            Some(chapter) => format!("{time} · {}", chapter.title),
            None => time,
        }
    }
}

fn faint(color: &gdk::RGBA, opacity: f32) -> gdk::RGBA {
    color.with_alpha(color.alpha() * opacity)
}
