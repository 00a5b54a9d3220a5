#pragma once
// SPDX-License-Identifier: BSL-1.0
// Caches on disk: a prefix is filled once, saved, and mapped by every process that decodes after it.
//
//   save("prefix.lacuna", cache);                                     a whole file or none
//   mapped_cache<int8<per_row>> prefix("prefix.lacuna");              no copy; a kv_source: decode(q, prefix, out)
//   auto s = decode_state(q, prefix); merge(s, decode_state(q, own));
//   auto c = load_cache<int8<per_row>>("prefix.lacuna", {.max_bytes = 1 << 30});      owned, goes on where it was
//
// interop/cache_file_arrays.hpp has the layout. Checked: the header always; checksums, every number and the pages of codecs
// that can be broken unless the file is trusted. The caller's promise is mapped_file's: nobody changes it while it is mapped.
#include <lacuna/interop/cache_file_open.hpp>

namespace lacuna {

inline namespace LACUNA_ARCH {

/// Writes one sequence. The file has its name when all of it is on the disk, and then takes the place of an older one; a copy
/// of the pages is in memory meanwhile. Fails with errc::io.
template <class K, class V, class... Extras>
void save(const std::string& path, const kv_cache<K, V, Extras...>& c) {
  detail::replacing_file out(path);
  detail::write_cache(out, c);
  out.close();
}

}  // namespace LACUNA_ARCH

/// A saved cache, read-only and in place: a kv_source. Fails with errc::argument when the file holds another kind of cache,
/// errc::data on a broken rule, errc::io.
template <class KeyWord, class ValueWord = KeyWord, class... Extras>
class mapped_cache {
 public:
  using words = detail::cache_words<KeyWord, ValueWord, Extras...>;
  using cache = typename words::cache;
  using summary_types = typename cache::summary_types;
  static constexpr bool tailed = cache::tailed;

  /// `summaries`: amounts that a file does not hold (the weights of a projection); the others are read.
  LACUNA_INLINE explicit mapped_cache(const std::string& path, matrix_file_options options = {},
                                      const summary_types& summaries = {})
      : kinds_(summaries),
        file_(path),
        at_(detail::open_cache<words>(file_.bytes(), options.check, path, key_, value_, kinds_)) {
    if (options.check == file_check::all) detail::check_ends(*this, path);
  }
  /// Borrows bytes that are in memory already, from a multiple of 64 on; `name` is for messages.
  LACUNA_INLINE explicit mapped_cache(array_view<const std::byte> bytes, matrix_file_options options = {},
                                      const std::string& name = "memory", const summary_types& summaries = {})
      : kinds_(summaries), at_(detail::open_cache<words>(bytes, options.check, name, key_, value_, kinds_)) {
    if (options.check == file_check::all) detail::check_ends(*this, name);
  }

  LACUNA_INLINE mapped_cache(mapped_cache&&) noexcept = default;
  LACUNA_INLINE mapped_cache& operator=(mapped_cache&&) noexcept = default;
  LACUNA_INLINE ~mapped_cache() = default;

  LACUNA_INLINE index_t kv_heads() const { return at_.sizes.kv_heads; }
  LACUNA_INLINE kv_shape shape() const { return at_.sizes.shape(); }
  LACUNA_INLINE const auto& key() const { return key_; }
  LACUNA_INLINE const auto& value() const { return value_; }
  LACUNA_INLINE index_t tokens(index_t h) const { return at_.heads[2 * checked(h)]; }
  LACUNA_INLINE segment body(index_t h) const {
    const index_t n = at_.heads[2 * checked(h) + 1];
    return {at_.planes[0],
            at_.planes[1],
            static_cast<std::size_t>(at_.sizes.key_bytes),
            static_cast<std::size_t>(at_.sizes.value_bytes),
            at_.slots + detail::pages_before(at_, h, false),
            at_.sizes.pages(n),
            n,
            shape()};
  }
  LACUNA_INLINE segment tail(index_t h) const requires tailed {
    const index_t n = at_.heads[2 * checked(h)] - at_.heads[2 * h + 1],
                  before = detail::pages_before(at_, h, true);
    return {at_.planes[2] + before * static_cast<index_t>(at_.tail_bytes[0]),
            at_.planes[3] + before * static_cast<index_t>(at_.tail_bytes[1]),
            at_.tail_bytes[0],
            at_.tail_bytes[1],
            nullptr,
            at_.sizes.pages(n),
            n,
            shape()};
  }
  LACUNA_INLINE const auto& tail_key() const requires tailed { return tail_key_; }
  LACUNA_INLINE const auto& tail_value() const requires tailed { return tail_value_; }
  /// As kv_cache has them.
  template <kv_summary S>
  LACUNA_INLINE summary::view summary(index_t h) const {
    return units(cache::store::template place<S>, h);
  }
  template <kv_summary S>
  LACUNA_INLINE const S& kind() const {
    return std::get<cache::store::template place<S>>(kinds_);
  }
  LACUNA_INLINE const summary_types& kinds() const { return kinds_; }
  /// Summary number k.
  LACUNA_INLINE summary::view units(std::size_t k, index_t h) const {
    return detail::view_of_units(at_.units[k], at_.heads, checked(h));
  }
  /// The options to go on with: the sizes of the file, and the caller's amounts of memory.
  LACUNA_INLINE kv_options options(kv_options o) const {
    o.kv_heads = kv_heads(), o.head_dim = shape().head_dim, o.page = shape().page, o.keep = 0;
    if (tailed) o.window = at_.sizes.window, o.batch = at_.sizes.batch;
    return o;
  }

 private:
  LACUNA_INLINE index_t checked(index_t h) const {
    if (h < 0 || h >= kv_heads()) fail_index(h, kv_heads());
    return h;
  }
  typename cache::key_type key_;
  typename cache::value_type value_;
  [[no_unique_address]] typename cache::tails::key tail_key_;
  [[no_unique_address]] typename cache::tails::value tail_value_;
  summary_types kinds_;
  mapped_file file_;
  detail::cache_view at_;
};

inline namespace LACUNA_ARCH {

/// The cache of a file, owned: `o` says its memory (max_bytes, max_tokens, sequences, run), the file all else. Fails as
/// mapped_cache does, and with errc::overflow when the memory is too small.
template <class K, class V = K, class... Extras>
kv_cache<K, V, Extras...> load_cache(
    const std::string& path, kv_options o = {}, matrix_file_options how = {},
    const typename kv_cache<K, V, Extras...>::summary_types& summaries = {}) {
  const mapped_cache<K, V, Extras...> from(path, how, summaries);
  kv_cache<K, V, Extras...> c(from.options(o), from.key(), from.value(), from.kinds());
  detail::fill_cache(c, from);
  return c;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
