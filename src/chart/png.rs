//! Painter of charts to pixels and PNG: the SVG, rendered with the font that comes with the lab.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::description::Chart;
use super::palette::Colours;
use super::svg::{Target, paint};

/// Pixels per unit of the SVG.
const SCALE: f32 = 2.0;
/// Most rows of pixels at that scale; a higher chart is drawn smaller.
const MOST_ROWS: f32 = 16_000.0;

/// Failure to render a picture.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The SVG is not valid.
    #[error("the chart can't be rendered: {0}")]
    Svg(#[from] usvg::Error),
    /// There is no memory for so many pixels.
    #[error("the chart is too large for a picture: {width} x {height} pixels")]
    TooLarge {
        /// Columns of pixels.
        width: u32,
        /// Rows of pixels.
        height: u32,
    },
    /// The pixels can't be encoded.
    #[error("the picture can't be encoded: {0}")]
    Encoding(String),
}

/// Returns the fonts that pictures are drawn with. None of the system's is read.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let files: [&'static [u8]; 3] = [
            include_bytes!("../../assets/fonts/NotoSans-Regular.ttf"),
            include_bytes!("../../assets/fonts/NotoSans-SemiBold.ttf"),
            include_bytes!("../../assets/fonts/NotoSansMath-Regular.ttf"),
        ];
        let mut fonts = fontdb::Database::new();
        for file in files {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(file)));
        }
        // The semi-bold cut names a family of its own, and would not be found as a weight of the other.
        let cuts: Vec<fontdb::FaceInfo> =
            fonts.faces().filter(|face| face.post_script_name.contains("SemiBold")).cloned().collect();
        for mut cut in cuts {
            fonts.remove_face(cut.id);
            cut.families = vec![("Noto Sans".to_owned(), fontdb::Language::English_UnitedStates)];
            cut.weight = fontdb::Weight::SEMIBOLD;
            fonts.push_face_info(cut);
        }
        fonts.set_sans_serif_family("Noto Sans");
        Arc::new(fonts)
    });
    Arc::clone(&FONTS)
}

/// Pixels of a picture, row by row: red, green, blue and alpha, 8 bits each. Charts are opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 4 bytes a pixel.
    pub rgba: Vec<u8>,
}

/// Renders a chart as PNG in the colours of a theme.
///
/// # Errors
/// A chart with so many rows that there is no memory for its pixels.
pub fn render(chart: &Chart, colours: &Colours) -> Result<Vec<u8>, PngError> {
    rendered(chart, colours)?.encode_png().map_err(|error| PngError::Encoding(error.to_string()))
}

/// Renders a chart as pixels in the colours of a theme.
///
/// # Errors
/// As [`render`].
pub fn pixels(chart: &Chart, colours: &Colours) -> Result<Pixels, PngError> {
    let pixels = rendered(chart, colours)?;
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Ok(Pixels { width, height, rgba: pixels.take() })
}

fn rendered(chart: &Chart, colours: &Colours) -> Result<Pixmap, PngError> {
    let svg = paint(chart, Target::Picture(colours));
    let options = usvg::Options { fontdb: fonts(), font_family: "Noto Sans".to_owned(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&svg, &options)?;
    let size = tree.size();
    let scale = SCALE.min(MOST_ROWS / size.height());
    let (width, height) = ((size.width() * scale).round() as u32, (size.height() * scale).round() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or(PngError::TooLarge { width, height })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    Ok(pixels)
}
