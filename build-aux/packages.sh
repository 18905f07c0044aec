# What Spool needs from Debian 13 (names of that release), and programs whose presence shows that it is installed.
# shellcheck shell=bash disable=SC2034
PACKAGES=(
    # building
    build-essential pkg-config ca-certificates git meson gettext desktop-file-utils appstream librsvg2-bin
    libgtk-4-dev libadwaita-1-dev libsqlite3-dev libssl-dev
    libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstreamer-plugins-bad1.0-dev
    # running
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
    gstreamer1.0-gl gstreamer1.0-x librsvg2-common adwaita-icon-theme fonts-cantarell
    libgl1-mesa-dri libegl1
    # testing
    gstreamer1.0-tools xvfb xauth dbus dbus-x11 at-spi2-core python3 python3-gi gir1.2-atspi-2.0 xdotool x11-utils
    imagemagick ffmpeg gnome-keyring python3-venv
)
PROGRAMS=(cc pkg-config meson msgfmt xgettext desktop-file-validate appstreamcli glib-compile-resources
    Xvfb dbus-run-session xdotool import ffmpeg python3 gst-inspect-1.0)
