#pragma once
// SPDX-License-Identifier: BSL-1.0
// A cache of keys and values: one sequence of one layer, in any pair of codecs, under a hard byte cap.
//
//   kv_cache<bf16> c{{.kv_heads = 8, .head_dim = 128, .max_bytes = 64 << 20}};
//   c.append(k, v);                      k, v [tokens, kv_heads * head_dim], as linear writes them; or one token [kv_heads, head_dim]
//   decode(q, c, out);                   a kv_source
//   auto other = c.fork();               shares pages until one of the two writes to them
//   c.truncate(100);                     back to 100 tokens
//   c.retain(0, 4, 1024);                head 0 keeps its first 4 tokens, its last 1024, and whole pages around them
//
// kv_cache<K, V, Extras...>: K and V are words (float, bf16, int8<per_row>, ...) or codecs. Extras, in any order: the word of
// the dense tail, by default bf16 where a codec compresses whole pages, none elsewhere (kv_cache<int4<32>, int4<32>, bf16>
// keeps an exact window), and summaries: kv_cache<bf16, bf16, summary::box>.
// Heads are ragged: each has its own length and pages. Positions never move, whatever is released.
// bytes() is all memory the cache and its forks ever have; append, truncate and fork allocate nothing.
// Threads: any number of readers, or one writer. A writer of one fork may run beside readers of other forks.
#include <lacuna/kv/extras.hpp>
#include <lacuna/kv/make.hpp>
#include <lacuna/kv/source.hpp>
#include <lacuna/kv/summary/observed.hpp>
#include <utility>

namespace lacuna {

template <class KeyWord, class ValueWord = KeyWord, class... Extras>
requires detail::whole_pages_have_a_tail<KeyWord, ValueWord, Extras...>
class kv_cache {
 public:
  using key_type = key_codec_of<KeyWord>;
  using value_type = value_codec_of<ValueWord>;
  using tail_type =
      typename detail::tail_word<key_type, value_type, typename detail::tail_among<Extras...>::type>::type;
  using tails = detail::tail_codecs<tail_type>;
  using store =
      typename detail::store_with<kv_store<key_type, value_type, typename tails::key, typename tails::value>,
                                  Extras...>::type;
  using summary_types = typename store::summary_types;
  static constexpr bool tailed = store::tailed;

  /// Fails with errc::argument on amounts out of range or a cap below one page, and with bad_alloc.
  LACUNA_INLINE explicit kv_cache(kv_options options, const key_type& key = {}, const value_type& value = {},
                                  const summary_types& summaries = {})
      : m_(detail::make_store<store>(options, key, value, summaries)) {}
  /// The same with the amounts of all its summaries, in their order.
  template <kv_summary... S>
  requires(sizeof...(S) > 0 && std::is_same_v<std::tuple<S...>, summary_types>)  //
      LACUNA_INLINE explicit kv_cache(kv_options options, const S&... summaries)
      : kv_cache(options, {}, {}, summary_types(summaries...)) {}
  LACUNA_INLINE kv_cache(kv_cache&& o) noexcept : m_(std::exchange(o.m_, nullptr)), sequence_(o.sequence_) {}
  LACUNA_INLINE kv_cache& operator=(kv_cache&& o) noexcept {
    std::swap(m_, o.m_);
    std::swap(sequence_, o.sequence_);
    return *this;
  }
  LACUNA_INLINE ~kv_cache() {
    if (m_ == nullptr) return;
    detail::end_sequence(*m_, sequence_);
    if (m_->owners.fetch_sub(1) == 1) delete m_;
  }

  /// A token of all heads, or many. Fails with errc::shape, and errc::overflow when pages or positions run out; the
  /// cache is then as it was.
  LACUNA_INLINE void append(matrix_view<const float> k, matrix_view<const float> v) {
    detail::append_all(*m_, sequence_, k, v);
  }
  /// Tokens of one head, k and v [tokens, head_dim].
  LACUNA_INLINE void append(index_t head, matrix_view<const float> k, matrix_view<const float> v) {
    detail::append_one(*m_, index(head), k, v);
  }
  /// Another sequence with the same tokens; `sequences` says how many there can be. Fails with errc::overflow.
  LACUNA_INLINE kv_cache fork() {
    const index_t id = detail::fork_of(*m_, sequence_);
    m_->owners.fetch_add(1);
    return kv_cache(m_, id);
  }
  /// Forgets the tokens from position n on, of all heads or one. A cut inside a shared page copies it, which fails with
  /// errc::overflow when no page is free, and inside a released one with errc::argument; nothing is cut then. Where there
  /// is a tail, tokens before the cut go back to it, as they are stored.
  LACUNA_INLINE void truncate(index_t n) { detail::truncate_heads(*m_, index(0), index(0) + kv_heads(), n); }
  LACUNA_INLINE void truncate(index_t head, index_t n) {
    const index_t i = index(head);
    detail::truncate_heads(*m_, i, i + 1, n);
  }
  /// Gives a full page back; its positions become a hole. Fails with errc::argument.
  LACUNA_INLINE void release(index_t head, index_t page) { detail::release_page(*m_, index(head), page); }
  /// Releases the full pages between the first `sinks` tokens of a head and its last `recent` ones. Returns their number.
  LACUNA_INLINE index_t retain(index_t head, index_t sinks, index_t recent) {
    return detail::retain_ends(*m_, index(head), sinks, recent);
  }

  LACUNA_INLINE index_t kv_heads() const { return m_->options.kv_heads; }
  LACUNA_INLINE kv_shape shape() const { return m_->shape; }
  LACUNA_INLINE const kv_options& options() const { return m_->options; }
  LACUNA_INLINE const key_type& key() const { return m_->key; }
  LACUNA_INLINE const value_type& value() const { return m_->value; }
  /// Tokens of a head, holes included: the next position.
  LACUNA_INLINE index_t tokens(index_t head) const { return m_->heads[index(head)].tokens; }
  /// The pages of a head in the codecs key() and value().
  LACUNA_INLINE segment body(index_t head) const {
    const index_t i = index(head), n = m_->heads[i].packed;
    return m_->pages.planes.view(m_->slots(i), m_->pages_of(n), n, m_->shape);
  }
  /// The tokens after the body, in the codecs tail_key() and tail_value().
  LACUNA_INLINE segment tail(index_t head) const requires tailed {
    const index_t i = index(head), n = m_->heads[i].tokens - m_->heads[i].packed;
    return m_->tails.view(m_->tail_slots(i), m_->pages_of(n), n, m_->shape);
  }
  LACUNA_INLINE const auto& tail_key() const requires tailed { return m_->tail_key; }
  LACUNA_INLINE const auto& tail_value() const requires tailed { return m_->tail_value; }
  /// The row at a position as it is stored, shape().width() floats each; false in a hole.
  LACUNA_INLINE bool get(index_t head, index_t position, float* k, float* v) const {
    return detail::get_row(*m_, index(head), position, k, v);
  }

  /// What a summary knows of a head: borrowed, until the cache changes.
  template <kv_summary S>
  LACUNA_INLINE summary::view summary(index_t head) const {
    return detail::view_of(*m_, store::template place<S>, index(head));
  }
  /// Numbers of the tokens of a head from `first` on, for a summary that callers feed. Fails with errc::argument past the end,
  /// errc::overflow when a tile that a fork shares cannot be copied; nothing has changed then.
  template <observed_summary S>
  LACUNA_INLINE void observe(index_t head, index_t first, array_view<const float> numbers) {
    detail::observe(*m_, kind<S>(), store::template place<S>, index(head), first, numbers);
  }
  /// The summary itself: its amounts.
  template <kv_summary S>
  LACUNA_INLINE const S& kind() const {
    return std::get<store::template place<S>>(m_->kinds);
  }
  /// All of them.
  LACUNA_INLINE const summary_types& kinds() const { return m_->kinds; }

  /// What a selector left for a query of a head's group, or of the whole group: query 0; null past options().lists. Who
  /// writes it is a writer of this list, and of nothing else.
  LACUNA_INLINE selection* memory_of_list(index_t head, index_t query) const {
    selection_memory& s = m_->selections;
    const index_t i = index(head);
    return query < 0 || query >= s.lists ? nullptr : &s.all[i * s.lists + query];
  }

  /// All memory of this cache and its forks: fixed from birth, never above max_bytes.
  LACUNA_INLINE index_t bytes() const { return m_->bytes; }
  /// Of a page: keys and values, by the codecs' byte model.
  LACUNA_INLINE index_t page_bytes() const {
    return static_cast<index_t>(m_->pages.planes.key_bytes + m_->pages.planes.value_bytes);
  }
  /// Pages in use by this cache and its forks, a shared one once; and those left under the cap.
  LACUNA_INLINE index_t used_pages() const { return m_->pages.slots - m_->pages.free; }
  LACUNA_INLINE index_t free_pages() const { return m_->pages.free; }

  /// For what saves and loads it.
  LACUNA_INLINE const store& memory() const { return *m_; }
  LACUNA_INLINE store& memory() { return *m_; }
  LACUNA_INLINE index_t sequence() const { return sequence_; }

 private:
  LACUNA_INLINE kv_cache(store* m, index_t sequence) : m_(m), sequence_(sequence) {}
  LACUNA_INLINE index_t index(index_t head) const { return detail::checked_head(*m_, sequence_, head); }

  store* m_ = nullptr;
  index_t sequence_ = 0;
};

}  // namespace lacuna
