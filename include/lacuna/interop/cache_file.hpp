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
#include <lacuna/interop/cache_file_arrays.hpp>
#include <lacuna/interop/matrix_file.hpp>

namespace lacuna {
namespace detail {

/// Words as kv_cache takes them.
template <class K, class V, class... Extras>
struct cache_words {
  using cache = kv_cache<K, V, Extras...>;
  LACUNA_INLINE static std::string pattern() {
    std::string text = "kv_cache";
    if constexpr (cache::tailed) text += "<" + kv_word_name<typename cache::tail_type>::text() + ">";
    return text;
  }
  LACUNA_INLINE static std::string codec() { return kv_word_name<K>::text() + "/" + kv_word_name<V>::text(); }
};

/// A checked file: where everything lies in it.
struct cache_view {
  saved_cache sizes;
  const std::int64_t* heads = nullptr;
  const std::uint32_t* slots = nullptr;
  const std::byte* planes[4] = {};
  std::size_t tail_bytes[2] = {};
};

inline namespace LACUNA_ARCH {

/// "need ...; got ..." for the first way in which the file does not hold such a cache, or empty.
template <class Words>
std::string cache_mismatch(const matrix_file_info& h) {
  const cache_arrays none;
  return type_mismatch(h, Words::pattern(), Words::codec(), list_cache_arrays(none, Words::cache::tailed));
}

template <class C>
void check_pages(const C& codec, const std::byte* plane, index_t sections, std::size_t bytes, kv_shape z,
                 const std::string& name) {
  if constexpr (requires {
                  { codec.intact(plane, z) } -> std::convertible_to<bool>;
                })
    for (index_t s = 0; s < sections; ++s)
      if (!codec.intact(plane + s * static_cast<index_t>(bytes), z))
        refuse_cache(name, "pages that their codec can read", "another at " + count_text(s));
}

/// The last lanes of every head, in the body and the tail.
template <class Cache>
void check_ends(const Cache& c, const std::string& name) {
  const auto end = [&](const segment& s, const auto& key, const auto& value) {
    const index_t lanes = s.tokens % s.shape.page;
    if (lanes == 0) return;
    const auto page = static_cast<std::uint32_t>(s.tokens / s.shape.page);
    check_lanes(key, s.key(page), lanes, s.shape, name);
    check_lanes(value, s.value(page), lanes, s.shape, name);
  };
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    end(c.body(h), c.key(), c.value());
    if constexpr (has_tail<Cache>) end(c.tail(h), c.tail_key(), c.tail_value());
  }
}

template <class Words>
cache_view open_cache(array_view<const std::byte> file, file_check check, const std::string& name,
                      typename Words::cache::key_type& key, typename Words::cache::value_type& value) {
  using cache = typename Words::cache;
  static_assert(little_endian<cache>, "lacuna: cache files need a little-endian machine");
  const matrix_file_info h = open_header(file, check, name, cache_mismatch<Words>);
  const auto array = [&]<class T>(std::size_t n, T) {
    return array_view<const T>{reinterpret_cast<const T*>(file.data() + h.arrays[n].offset),
                               h.arrays[n].length};
  };
  cache_view v;
  check_within(name, "sizes", h.arrays[0].length, saved_cache::numbers, saved_cache::numbers);
  std::memcpy(&v.sizes, file.data() + h.arrays[0].offset, sizeof v.sizes);
  const auto heads = array(1, std::int64_t{});
  const auto slots = array(2, std::uint32_t{});
  check_sizes(v.sizes, cache::tailed, name);
  const kv_shape z = v.sizes.shape();
  const auto keep = [&](auto& codec, index_t kept) {
    check_within(name, "values that are kept", kept, 0, z.head_dim);
    if constexpr (requires { codec.keep = 0; })
      codec.keep = static_cast<decltype(codec.keep)>(kept);
    else
      check_within(name, "values that are kept, of this codec", kept, 0, 0);
  };
  keep(key, v.sizes.key_keep);
  keep(value, v.sizes.value_keep);
  const auto amount = [&](const auto& codec) {
    if constexpr (requires { codec.check(z); }) codec.check(z);
  };
  amount(key);
  amount(value);
  const auto kb = static_cast<index_t>(key_bytes(key, z)), vb = static_cast<index_t>(value_bytes(value, z));
  check_within(name, "bytes of a key section", v.sizes.key_bytes, kb, kb);
  check_within(name, "bytes of a value section", v.sizes.value_bytes, vb, vb);
  const saved_pages n = check_heads(v.sizes, heads, slots, cache::tailed, name);
  if (h.rows != v.sizes.kv_heads || h.cols != v.sizes.head_dim || h.nnz != n.tokens)
    refuse_cache(name, "the sizes of its header", shape_text(v.sizes.kv_heads, v.sizes.head_dim));
  index_t bytes[4] = {kb, vb, 0, 0};
  if constexpr (cache::tailed) {
    bytes[2] = static_cast<index_t>(key_bytes(typename cache::tails::key{}, z));
    bytes[3] = static_cast<index_t>(value_bytes(typename cache::tails::value{}, z));
  }
  constexpr const char* what[4] = {"key sections", "value sections", "tail keys", "tail values"};
  for (std::size_t p = 0; p < (cache::tailed ? 4 : 2); ++p) {
    const auto plane = array(3 + p, std::byte{});
    check_plane(what[p], plane, p < 2 ? n.body : n.tail, bytes[p], name);
    v.planes[p] = plane.data();
  }
  v.heads = heads.data(), v.slots = slots.data();
  v.tail_bytes[0] = static_cast<std::size_t>(bytes[2]), v.tail_bytes[1] = static_cast<std::size_t>(bytes[3]);
  if (check == file_check::all) {
    check_pages(key, v.planes[0], n.body, static_cast<std::size_t>(kb), z, name);
    check_pages(value, v.planes[1], n.body, static_cast<std::size_t>(vb), z, name);
  }
  return v;
}

template <class Out, class K, class V, class... Extras>
void write_cache(Out& out, const kv_cache<K, V, Extras...>& c) {
  using words = cache_words<K, V, Extras...>;
  const cache_arrays a = arrays_of(c);
  write_arrays(out, {words::pattern(), words::codec(), c.kv_heads(), c.shape().head_dim, a.tokens, 0, 1, {}},
               list_cache_arrays(a, words::cache::tailed));
}

/// Pages of body or tail that come before head h.
inline index_t pages_before(const cache_view& v, index_t h, bool tail) {
  index_t n = 0;
  for (index_t i = 0; i < h; ++i)
    n += v.sizes.pages(tail ? v.heads[2 * i] - v.heads[2 * i + 1] : v.heads[2 * i + 1]);
  return n;
}

/// Into a cache that was just made.
template <class Cache, class From>
void fill_cache(Cache& c, const From& from) {
  auto& m = c.memory();
  index_t need = 0;
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    const segment s = from.body(h);
    for (index_t p = 0; p < s.pages; ++p) need += s.is_dead(static_cast<std::uint32_t>(p)) ? 0 : 1;
    if (from.tokens(h) > m.table_pages * m.shape.page)
      fail(errc::overflow, "load_cache: need max_tokens >= " + count_text(from.tokens(h)) + "; got " +
                               count_text(m.table_pages * m.shape.page));
  }
  if (need > m.pages.free)
    fail(errc::overflow,
         "load_cache: need " + count_text(need) + " pages under max_bytes; got " + count_text(m.pages.free));
  for (index_t h = 0; h < c.kv_heads(); ++h) {
    const segment s = from.body(h);
    std::uint32_t* const slots = m.slots(h);
    m.heads[h] = {from.tokens(h), s.tokens};
    for (index_t p = 0; p < s.pages; ++p) {
      const auto page = static_cast<std::uint32_t>(p);
      slots[p] = s.is_dead(page) ? dead : take_slot(m.pages, p > 0 ? slots[p - 1] : dead);
      if (s.is_dead(page)) continue;
      std::memcpy(m.pages.planes.key(slots[p]), s.key(page), s.key_stride);
      std::memcpy(m.pages.planes.value(slots[p]), s.value(page), s.value_stride);
    }
    if constexpr (Cache::tailed) {
      const segment t = from.tail(h);
      for (index_t p = 0; p < t.pages; ++p) {
        const auto page = static_cast<std::uint32_t>(p);
        std::memcpy(m.tails.key(m.tail_slots(h)[p]), t.key(page), t.key_stride);
        std::memcpy(m.tails.value(m.tail_slots(h)[p]), t.value(page), t.value_stride);
      }
    }
  }
}

}  // namespace LACUNA_ARCH
}  // namespace detail

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
  static constexpr bool tailed = cache::tailed;

  LACUNA_INLINE explicit mapped_cache(const std::string& path, matrix_file_options options = {})
      : file_(path), at_(detail::open_cache<words>(file_.bytes(), options.check, path, key_, value_)) {
    if (options.check == file_check::all) detail::check_ends(*this, path);
  }
  /// Borrows bytes that are in memory already, from a multiple of 64 on; `name` is for messages.
  LACUNA_INLINE explicit mapped_cache(array_view<const std::byte> bytes, matrix_file_options options = {},
                                      const std::string& name = "memory")
      : at_(detail::open_cache<words>(bytes, options.check, name, key_, value_)) {
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
  mapped_file file_;
  detail::cache_view at_;
};

inline namespace LACUNA_ARCH {

/// The cache of a file, owned: `o` says its memory (max_bytes, max_tokens, sequences, run), the file all else. Fails as
/// mapped_cache does, and with errc::overflow when the memory is too small.
template <class K, class V = K, class... Extras>
kv_cache<K, V, Extras...> load_cache(const std::string& path, kv_options o = {}, matrix_file_options how = {}) {
  const mapped_cache<K, V, Extras...> from(path, how);
  kv_cache<K, V, Extras...> c(from.options(o), from.key(), from.value());
  detail::fill_cache(c, from);
  return c;
}

}  // namespace LACUNA_ARCH
}  // namespace lacuna
