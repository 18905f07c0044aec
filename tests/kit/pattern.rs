//! Bytes whose value is a function of a seed and their offset, so that any part of a huge file can be made and checked
//! without the rest.
//!
//! The definition: with `w = mix(seed + (i / 8) * 0x9E3779B97F4A7C15)`, the byte at offset `i` is byte `i % 8` of `w` in
//! little-endian order; `mix` is the finalizer of SplitMix64. All sums wrap. No two offsets of a file below 2^67 bytes share a
//! word by construction, so a shifted, repeated or zeroed block never passes [`verify`].

/// The eight bytes at `word * 8`.
fn word(seed: u64, word: u64) -> [u8; 8] {
    let mut z = seed.wrapping_add(word.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)).to_le_bytes()
}

/// Fills `buf` with the pattern's bytes from `offset` on.
pub fn fill(seed: u64, offset: u64, buf: &mut [u8]) {
    let lead = usize::try_from(offset % 8).unwrap_or(0);
    let first = word(seed, offset / 8);
    let head = buf.len().min(8 - lead);
    buf[..head].copy_from_slice(&first[lead..lead + head]);
    for (index, chunk) in (offset / 8 + 1..).zip(buf[head..].chunks_mut(8)) {
        chunk.copy_from_slice(&word(seed, index)[..chunk.len()]);
    }
}

/// The pattern's bytes `offset..offset + len` as a vector.
#[must_use]
pub fn bytes(seed: u64, offset: u64, len: usize) -> Vec<u8> {
    let mut buf = vec![0; len];
    fill(seed, offset, &mut buf);
    buf
}

/// Compares `got`, read at `offset`, with the pattern.
///
/// # Errors
/// The offset of the first byte that differs.
pub fn verify(seed: u64, offset: u64, got: &[u8]) -> Result<(), u64> {
    let mut wanted = [0; 4096];
    for (start, chunk) in (offset..).step_by(4096).zip(got.chunks(4096)) {
        let wanted = &mut wanted[..chunk.len()];
        fill(seed, start, wanted);
        if let Some(at) = chunk.iter().zip(&*wanted).position(|(a, b)| a != b) {
            return Err(start + at as u64);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_window_equals_the_same_window_of_the_whole() {
        let whole = bytes(7, 0, 300);
        for start in 0..40 {
            for len in 0..60 {
                let part = bytes(7, start as u64, len);
                assert_eq!(part, &whole[start..start + len], "{start}+{len}");
            }
        }
    }

    #[test]
    fn a_wrong_byte_is_found_where_it_is() {
        let offset = (6 << 30) - 3;
        let mut part = bytes(1, offset, 10_000);
        assert_eq!(verify(1, offset, &part), Ok(()));
        part[5001] ^= 1;
        assert_eq!(verify(1, offset, &part), Err(offset + 5001));
        assert_eq!(verify(2, offset, &[part[0]; 64]), Err(offset));
    }
}
