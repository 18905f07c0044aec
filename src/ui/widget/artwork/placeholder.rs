//! What stands in for a picture: a quiet gradient in a colour of the title's own, with its initial and an icon.

use gtk::prelude::*;
use gtk::{gdk, graphene, gsk, pango};
use spool_engine::model::{Item, Kind};

/// The placeholder of one title.
#[derive(Clone, Debug)]
pub(super) struct Placeholder {
    hue: f32,
    initial: String,
    icon: &'static str,
}

impl Default for Placeholder {
    fn default() -> Self {
        Self {
            hue: 0.6,
            initial: String::new(),
            icon: icon_of(Kind::Video),
        }
    }
}

impl Placeholder {
    pub(super) fn of(item: &Item) -> Self {
        Self {
            hue: hue(&item.id.to_string()),
            initial: initial(&item.title),
            icon: icon_of(item.kind),
        }
    }

    /// Draws it. The initial and the icon only where no picture will come, so that they do not flash before one.
    pub(super) fn draw(
        &self,
        widget: &gtk::Widget,
        snapshot: &gtk::Snapshot,
        bounds: &graphene::Rect,
        named: bool,
    ) {
        let stops = [
            gsk::ColorStop::new(0.0, hsl(self.hue, 0.32, 0.46)),
            gsk::ColorStop::new(1.0, hsl(self.hue + 0.07, 0.42, 0.22)),
        ];
        snapshot.append_linear_gradient(
            bounds,
            &graphene::Point::new(bounds.width() * 0.2, 0.0),
            &graphene::Point::new(bounds.width() * 0.8, bounds.height()),
            &stops,
        );
        if named {
            self.draw_initial(widget, snapshot, bounds);
            self.draw_icon(widget, snapshot, bounds);
        }
    }

    fn draw_initial(
        &self,
        widget: &gtk::Widget,
        snapshot: &gtk::Snapshot,
        bounds: &graphene::Rect,
    ) {
        let layout = widget.create_pango_layout(Some(&self.initial));
        let mut font = pango::FontDescription::new();
        font.set_weight(pango::Weight::Bold);
        let size = bounds.width().min(bounds.height()) * 0.38;
        font.set_absolute_size(f64::from(size) * f64::from(pango::SCALE));
        layout.set_font_description(Some(&font));
        let (ink, _) = layout.pixel_extents();
        #[expect(clippy::cast_precision_loss, reason = "a size on the screen")]
        let [ink_x, ink_y, ink_width, ink_height] =
            [ink.x(), ink.y(), ink.width(), ink.height()].map(|value| value as f32);
        let x = (bounds.width() - ink_width) / 2.0 - ink_x;
        let y = bounds.height() * 0.44 - ink_height / 2.0 - ink_y;
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x.round(), y.round()));
        snapshot.append_layout(&layout, &gdk::RGBA::new(1.0, 1.0, 1.0, 0.92));
        snapshot.restore();
    }

    fn draw_icon(&self, widget: &gtk::Widget, snapshot: &gtk::Snapshot, bounds: &graphene::Rect) {
        const EDGE: i32 = 16;
        if bounds.height() < 72.0 {
            return;
        }
        let theme = gtk::IconTheme::for_display(&widget.display());
        let icon = theme.lookup_icon(
            self.icon,
            &[],
            EDGE,
            widget.scale_factor(),
            widget.direction(),
            gtk::IconLookupFlags::FORCE_SYMBOLIC,
        );
        let x = (bounds.width() - 16.0) / 2.0;
        let y = bounds.height() * 0.44 + bounds.width().min(bounds.height()) * 0.26;
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x.round(), y.round()));
        let colour = gdk::RGBA::new(1.0, 1.0, 1.0, 0.6);
        icon.snapshot_symbolic(snapshot, f64::from(EDGE), f64::from(EDGE), &[colour]);
        snapshot.restore();
    }
}

fn icon_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Movie | Kind::Video => "video-x-generic-symbolic",
        Kind::Show | Kind::Season | Kind::Episode => "tv-symbolic",
        Kind::Artist => "avatar-default-symbolic",
        Kind::Album | Kind::Track => "audio-x-generic-symbolic",
    }
}

/// The first letter or digit of a title, in capitals.
fn initial(title: &str) -> String {
    let first = title.chars().find(|c| c.is_alphanumeric());
    first
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default()
}

/// A hue between 0 and 1 that is always the same for one id (FNV-1a).
fn hue(id: &str) -> f32 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    #[expect(clippy::cast_precision_loss, reason = "any hue will do")]
    let hue = (hash % 360) as f32 / 360.0;
    hue
}

/// A colour from hue, saturation and lightness, each 0 to 1.
fn hsl(hue: f32, saturation: f32, lightness: f32) -> gdk::RGBA {
    let amplitude = saturation * lightness.min(1.0 - lightness);
    let channel = |offset: f32| {
        let k = (offset + hue * 12.0).rem_euclid(12.0);
        lightness - amplitude * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    };
    gdk::RGBA::new(channel(0.0), channel(8.0), channel(4.0), 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_skip_punctuation() {
        assert_eq!(initial("…and justice"), "A");
        assert_eq!(initial("ärger"), "Ä");
        assert_eq!(initial("12 Angry"), "1");
        assert_eq!(initial("?!"), "");
    }

    #[test]
    fn one_id_has_one_hue() {
        assert!((hue("a:1") - hue("a:1")).abs() < f32::EPSILON);
        assert!((hue("a:1") - hue("a:2")).abs() > f32::EPSILON);
    }

    #[test]
    fn grey_has_no_hue() {
        let grey = hsl(0.3, 0.0, 0.5);
        assert!((grey.red() - grey.blue()).abs() < 1e-6);
        assert!((hsl(0.0, 1.0, 0.5).red() - 1.0).abs() < 1e-6);
    }
}
