#pragma once
// SPDX-License-Identifier: BSL-1.0
// Caches of keys and values: their shapes, pages, codecs and the store.
#include <lacuna/kv/cache.hpp>
#include <lacuna/kv/codec/all.hpp>
#include <lacuna/kv/exact_k.hpp>
#include <lacuna/kv/page.hpp>
#include <lacuna/kv/selection.hpp>
#include <lacuna/kv/shape.hpp>
#include <lacuna/kv/source.hpp>
#include <lacuna/kv/summary/all.hpp>
