//! The layers of the player's page, one maker each.

use adw::prelude::*;
use gtk::glib;

use super::PlayerInput;
use super::controls::Controls;
use super::lyrics::Sheet;
use super::wish::Wish;
use crate::i18n::gettext;

/// Controls wider than this are not better, only farther apart.
const CONTROLS_WIDTH: i32 = 960;
/// Below this width the lesser controls move into a menu.
const NARROW: f64 = 560.0;

/// What all layers lie on: the picture, in the dark.
pub(super) fn stage(picture: &gtk::Picture) -> gtk::Overlay {
    let offload = gtk::GraphicsOffload::new(Some(picture));
    offload.set_black_background(true);
    let stage = gtk::Overlay::builder()
        .name("stage")
        .focusable(true)
        .child(&offload)
        .build();
    stage.add_css_class("player");
    stage
}

/// What comes and goes with the pointer: the header bar above, the controls below.
pub(super) fn chrome(header: &adw::HeaderBar, controls: &Controls) -> [gtk::Revealer; 2] {
    let clamp = adw::Clamp::builder()
        .maximum_size(CONTROLS_WIDTH)
        .child(&controls.root)
        .build();
    clamp.add_css_class("shade");
    [
        revealer("top", gtk::Align::Start, header.upcast_ref()),
        revealer("bottom", gtk::Align::End, clamp.upcast_ref()),
    ]
}

/// The stage in a frame that follows the window's width.
pub(super) fn adaptive(
    stage: &gtk::Overlay,
    controls: &Controls,
    sheet: &Sheet,
) -> adw::ToolbarView {
    let bin = adw::BreakpointBin::builder()
        .width_request(320)
        .height_request(200)
        .child(stage)
        .build();
    let narrow = narrow(controls);
    narrow.connect_apply(glib::clone!(
        #[strong]
        sheet,
        move |_| sheet.set_narrow(true)
    ));
    narrow.connect_unapply(glib::clone!(
        #[strong]
        sheet,
        move |_| sheet.set_narrow(false)
    ));
    bin.add_breakpoint(narrow);
    adw::ToolbarView::builder().content(&bin).build()
}

pub(super) fn header(heading: &adw::WindowTitle, wish: impl Fn(Wish) + 'static) -> adw::HeaderBar {
    let header = adw::HeaderBar::builder()
        .title_widget(heading)
        .show_back_button(false)
        .build();
    header.add_css_class("flat");
    header.add_css_class("shade");
    let back = gtk::Button::builder()
        .name("back")
        .icon_name("go-previous-symbolic")
        .tooltip_text(gettext("Back"))
        .focus_on_click(false)
        .build();
    back.update_property(&[gtk::accessible::Property::Label(&gettext("Back"))]);
    back.connect_clicked(move |_| wish(Wish::Leave));
    header.pack_start(&back);
    header
}

pub(super) fn layer(name: &str, fit: gtk::ContentFit) -> gtk::Picture {
    let picture = gtk::Picture::builder()
        .name(name)
        .content_fit(fit)
        .can_shrink(true)
        .can_target(false)
        .build();
    picture.set_accessible_role(gtk::AccessibleRole::Presentation);
    picture.add_css_class(name);
    picture
}

fn revealer(name: &str, valign: gtk::Align, child: &gtk::Widget) -> gtk::Revealer {
    gtk::Revealer::builder()
        .name(name)
        .valign(valign)
        .transition_type(gtk::RevealerTransitionType::Crossfade)
        .reveal_child(true)
        .child(child)
        .build()
}

pub(super) fn waiting() -> (gtk::Box, gtk::Label) {
    let waiting = gtk::Box::builder()
        .name("waiting")
        .orientation(gtk::Orientation::Vertical)
        .spacing(12)
        .halign(gtk::Align::Center)
        .valign(gtk::Align::Center)
        .can_target(false)
        .visible(false)
        .build();
    waiting.add_css_class("waiting");
    waiting.append(
        &adw::Spinner::builder()
            .width_request(48)
            .height_request(48)
            .build(),
    );
    let label = gtk::Label::builder().visible(false).build();
    label.add_css_class("numeric");
    waiting.append(&label);
    (waiting, label)
}

pub(super) fn failure(
    wish: &(impl Fn(Wish) + Clone + 'static),
    send: &(impl Fn(PlayerInput) + Clone + 'static),
) -> (adw::StatusPage, [gtk::Button; 2]) {
    let page = adw::StatusPage::builder()
        .name("failure")
        .icon_name("dialog-warning-symbolic")
        .visible(false)
        .build();
    page.add_css_class("compact");
    let action = pill("failure-action", "", send.clone(), || PlayerInput::Recover);
    action.add_css_class("suggested-action");
    let wish = wish.clone();
    let other = pill(
        "failure-version",
        &gettext("Play Another _Version"),
        {
            let wish = wish.clone();
            move |()| wish(Wish::AnotherVersion)
        },
        || (),
    );
    let back = pill(
        "failure-back",
        &gettext("_Back"),
        move |()| wish(Wish::Leave),
        || (),
    );
    let copy = pill(
        "failure-copy",
        &gettext("_Copy Details"),
        send.clone(),
        || PlayerInput::CopyDetails,
    );
    let buttons = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(12)
        .halign(gtk::Align::Center)
        .build();
    for button in [&action, &other, &back, &copy] {
        buttons.append(button);
    }
    page.set_child(Some(&buttons));
    (page, [action, other])
}

fn pill<M>(
    name: &str,
    label: &str,
    send: impl Fn(M) + 'static,
    message: impl Fn() -> M + 'static,
) -> gtk::Button {
    let button = gtk::Button::builder()
        .name(name)
        .label(label)
        .use_underline(true)
        .build();
    button.add_css_class("pill");
    button.connect_clicked(move |_| send(message()));
    button
}

pub(super) fn next_card(
    wish: &(impl Fn(Wish) + Clone + 'static),
    send: &(impl Fn(PlayerInput) + Clone + 'static),
) -> (gtk::Revealer, gtk::Label, gtk::Button) {
    let card = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(6)
        .width_request(260)
        .build();
    card.add_css_class("next");
    card.add_css_class("osd");
    let heading = gtk::Label::builder()
        .label(gettext("Up Next"))
        .xalign(0.0)
        .build();
    heading.add_css_class("caption-heading");
    let title = gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .build();
    title.add_css_class("heading");
    let wish = wish.clone();
    let play = gtk::Button::builder()
        .name("next-play")
        .use_underline(true)
        .hexpand(true)
        .build();
    play.add_css_class("suggested-action");
    play.connect_clicked(move |_| wish(Wish::Next));
    let cancel = gtk::Button::builder()
        .name("next-cancel")
        .label(gettext("_Cancel"))
        .use_underline(true)
        .build();
    cancel.connect_clicked(glib::clone!(
        #[strong]
        send,
        move |_| send(PlayerInput::DeclineNext)
    ));
    let buttons = gtk::Box::builder().spacing(6).margin_top(6).build();
    buttons.append(&cancel);
    buttons.append(&play);
    for child in [
        heading.upcast_ref::<gtk::Widget>(),
        title.upcast_ref(),
        buttons.upcast_ref(),
    ] {
        card.append(child);
    }
    let revealer = revealer("next", gtk::Align::End, card.upcast_ref());
    revealer.set_halign(gtk::Align::End);
    revealer.set_reveal_child(false);
    (revealer, title, play)
}

/// The button that skips what people skip.
pub(super) fn skip(wish: &(impl Fn(Wish) + Clone + 'static)) -> (gtk::Revealer, gtk::Button) {
    let wish = wish.clone();
    let button = gtk::Button::builder()
        .name("skip-marker")
        .label(gettext("Skip _Intro"))
        .use_underline(true)
        .focus_on_click(false)
        .build();
    button.add_css_class("osd");
    button.add_css_class("pill");
    button.add_css_class("skip");
    button.connect_clicked(move |_| wish(Wish::SkipMarker));
    let revealer = revealer("skip", gtk::Align::End, button.upcast_ref());
    revealer.set_halign(gtk::Align::End);
    revealer.set_reveal_child(false);
    revealer.set_visible(false);
    (revealer, button)
}

/// The small picture above the seek bar.
pub(super) fn preview() -> gtk::Picture {
    let picture = layer("preview", gtk::ContentFit::Contain);
    picture.set_halign(gtk::Align::Start);
    picture.set_valign(gtk::Align::End);
    picture.set_visible(false);
    picture
}

fn narrow(controls: &Controls) -> adw::Breakpoint {
    let condition = adw::BreakpointCondition::new_length(
        adw::BreakpointConditionLengthType::MaxWidth,
        NARROW,
        adw::LengthUnit::Sp,
    );
    let breakpoint = adw::Breakpoint::new(condition);
    for widget in &controls.wide_only {
        breakpoint.add_setter(widget, "visible", Some(&false.to_value()));
    }
    for widget in &controls.narrow_only {
        breakpoint.add_setter(widget, "visible", Some(&true.to_value()));
    }
    breakpoint
}
