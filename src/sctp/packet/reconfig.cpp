#include "sctp/packet/reconfig.hpp"

namespace parlor::sctp {
namespace {

constexpr std::size_t kMostParameters = 2;

std::optional<std::vector<StreamId>> read_streams(base::ByteReader& reader) {
  if (reader.remaining() % 2 != 0) return std::nullopt;
  std::vector<StreamId> streams;
  streams.reserve(reader.remaining() / 2);
  while (const auto stream = reader.u16()) streams.push_back(*stream);
  return streams;
}

std::optional<OutgoingReset> read_outgoing(base::BytesView value) {
  base::ByteReader reader(value);
  const auto request = reader.u32();
  const auto response = reader.u32();
  const auto tsn = reader.u32();
  if (!tsn) return std::nullopt;
  auto streams = read_streams(reader);
  if (!streams) return std::nullopt;
  return OutgoingReset{RequestNumber(*request), RequestNumber(*response), Tsn(*tsn), std::move(*streams)};
}

std::optional<IncomingReset> read_incoming(base::BytesView value) {
  base::ByteReader reader(value);
  const auto request = reader.u32();
  if (!request) return std::nullopt;
  auto streams = read_streams(reader);
  if (!streams) return std::nullopt;
  return IncomingReset{RequestNumber(*request), std::move(*streams)};
}

std::optional<ReconfigResponse> read_response(base::BytesView value) {
  base::ByteReader reader(value);
  const auto response = reader.u32();
  const auto result = reader.u32();
  // The TSNs of an answer to a reset of all TSNs, which is never asked for here.
  if (!result || (reader.remaining() != 0 && reader.remaining() != 8)) return std::nullopt;
  return ReconfigResponse{RequestNumber(*response), static_cast<ReconfigResult>(*result)};
}

bool read_one(const TlvReader::Item& item, Reconfig& reconfig) {
  switch (static_cast<ParameterType>(item.head)) {
    case ParameterType::outgoing_reset:
      if (reconfig.outgoing) return false;
      reconfig.outgoing = read_outgoing(item.value);
      return reconfig.outgoing.has_value();
    case ParameterType::incoming_reset:
      if (reconfig.incoming) return false;
      reconfig.incoming = read_incoming(item.value);
      return reconfig.incoming.has_value();
    case ParameterType::reconfig_response: {
      const auto response = read_response(item.value);
      if (!response) return false;
      reconfig.responses.push_back(*response);
      return true;
    }
    case ParameterType::tsn_reset:
    case ParameterType::add_outgoing:
    case ParameterType::add_incoming: {
      const auto request = base::ByteReader(item.value).u32();
      if (!request) return false;
      // Of two additions the second is denied with the first.
      if (!reconfig.other) reconfig.other = OtherRequest{RequestNumber(*request)};
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

std::optional<Reconfig> read_reconfig(base::BytesView value) {
  Reconfig reconfig;
  TlvReader parameters(value);
  std::size_t count = 0;
  while (const auto item = parameters.next()) {
    if (++count > kMostParameters || !read_one(*item, reconfig)) return std::nullopt;
  }
  if (count == 0 || !parameters.at_end()) return std::nullopt;
  return reconfig;
}

base::Bytes write_reconfig(const Reconfig& reconfig) {
  base::Bytes bytes;
  const auto parameter = [&bytes](ParameterType type, std::size_t size, auto fill) {
    base::Bytes value(size);
    base::ByteWriter inner(value);
    fill(inner);
    const std::size_t at = bytes.size();
    bytes.resize(at + padded(kChunkHeaderSize + size));
    base::ByteWriter writer(std::span<std::byte>(bytes).subspan(at));
    write_tlv(writer, static_cast<std::uint16_t>(type), value);
  };
  for (const ReconfigResponse& one : reconfig.responses) {
    parameter(ParameterType::reconfig_response, 8, [&](base::ByteWriter& writer) {
      writer.u32(one.response.value());
      writer.u32(static_cast<std::uint32_t>(one.result));
    });
  }
  if (const auto& outgoing = reconfig.outgoing) {
    parameter(ParameterType::outgoing_reset, 12 + 2 * outgoing->streams.size(),
              [&](base::ByteWriter& writer) {
                writer.u32(outgoing->request.value());
                writer.u32(outgoing->response.value());
                writer.u32(outgoing->last_assigned.value());
                for (const StreamId stream : outgoing->streams) writer.u16(stream);
              });
  }
  if (const auto& incoming = reconfig.incoming) {
    parameter(ParameterType::incoming_reset, 4 + 2 * incoming->streams.size(), [&](base::ByteWriter& writer) {
      writer.u32(incoming->request.value());
      for (const StreamId stream : incoming->streams) writer.u16(stream);
    });
  }
  return bytes;
}

}  // namespace parlor::sctp
