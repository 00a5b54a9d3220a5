#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every cache codec.
#include <lacuna/kv/codec/channelwise.hpp>
#include <lacuna/kv/codec/int4.hpp>
#include <lacuna/kv/codec/int8.hpp>
#include <lacuna/kv/codec/plain.hpp>
#include <lacuna/kv/codec/pruned.hpp>
