#include "examples/licence_audit/agents/coordinator.hpp"

#include <utility>

#include "examples/licence_audit/agents/steps.hpp"
#include "examples/licence_audit/classify.hpp"
#include "examples/licence_audit/excerpt.hpp"
#include "examples/licence_audit/report.hpp"
#include "examples/licence_audit/text_decoding.hpp"

namespace licence_audit {
namespace {

constexpr std::uint32_t usually_at_once = 16;
constexpr std::size_t page_bytes = 256 * 1024;

audit::v1::AuditRequest with_defaults(audit::v1::AuditRequest request) {
  if (request.directory().empty()) request.set_directory("/usr/share/doc");
  if (request.at_once() == 0) request.set_at_once(usually_at_once);
  return request;
}

/// The findings in pages of about the same size, in order.
std::vector<audit::v1::Page> in_pages(const audit::v1::AuditRequest& request,
                                      std::vector<audit::v1::PackageFinding> all) {
  std::vector<audit::v1::Page> pages;
  std::size_t bytes = page_bytes;
  for (auto& finding : all) {
    const auto size = finding.ByteSizeLong();
    if (bytes + size > page_bytes) {
      auto& page = pages.emplace_back();
      page.set_audit(request.name());
      page.set_number(static_cast<std::uint32_t>(pages.size()));
      page.set_output_directory(request.output_directory());
      bytes = 0;
    }
    bytes += size;
    *pages.back().add_findings() = std::move(finding);
  }
  return pages;
}

}  // namespace

perdure::workflow<audit::v1::AuditReport> coordinator::audit(perdure::context& ctx,
                                                             audit::v1::AuditRequest given) {
  const auto request = with_defaults(std::move(given));
  progress_.set_phase("looking");
  const auto files = co_await ctx.step(list_packages, request.directory(), request.limit());
  progress_.set_phase("reading");
  progress_.set_found(static_cast<std::uint32_t>(files.size()));
  std::vector<audit::v1::ReadRequest> todo;
  for (const auto& file : files) {
    auto& one = todo.emplace_back();
    one.set_audit(request.name());
    one.set_package(file.package());
    one.set_path(file.path());
    one.set_step_delay_ms(request.step_delay_ms());
  }
  auto all = co_await ctx.for_each(
      std::move(todo), request.at_once(),
      [this](perdure::context& c, audit::v1::ReadRequest one) { return read(c, std::move(one)); });
  progress_.set_phase("writing");
  auto figures = co_await report(ctx, request, std::move(all));
  progress_.set_phase("done");
  co_return figures;
}

perdure::task<audit::v1::PackageFinding> coordinator::read(perdure::context& ctx,
                                                           audit::v1::ReadRequest request) {
  audit::v1::reader_client reader(ctx);
  auto finding = co_await reader.read_package(request).outcome();
  if (!finding && finding.error().is_cancelled()) throw finding.error();
  progress_.set_read(progress_.read() + 1);
  if (!finding) {
    ctx.log.warning("the reader of {} failed: {}", request.package(), finding.error().what());
    co_return classify(unreadable(request.package(), make_problem(audit::v1::Problem::READ_ERROR, 0,
                                                                  finding.error().type())));
  }
  progress_.set_questions(progress_.questions() +
                          static_cast<std::uint32_t>(finding->decisions_size()));
  co_return std::move(*finding);
}

perdure::task<audit::v1::AuditReport> coordinator::report(perdure::context& ctx,
                                                          audit::v1::AuditRequest request,
                                                          findings all) {
  if (request.output_directory().empty()) {
    co_return consolidate(request.directory(), std::move(all)).figures;
  }
  audit::v1::reporter_client reporter(ctx);
  const auto pages = in_pages(request, std::move(all));
  for (const auto& page : pages) co_await reporter.write_page(page);
  audit::v1::ReportRequest wanted;
  wanted.set_audit(request.name());
  wanted.set_output_directory(request.output_directory());
  wanted.set_directory(request.directory());
  wanted.set_pages(static_cast<std::uint32_t>(pages.size()));
  auto figures = co_await reporter.write_report(wanted);
  co_await reporter.remove_pages(wanted);
  co_return figures;
}

audit::v1::AuditProgress coordinator::progress(const perdure::query_context&) const {
  return progress_;
}

}  // namespace licence_audit
