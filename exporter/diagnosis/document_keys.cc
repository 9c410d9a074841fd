#include "exporter/diagnosis/document_keys.h"

#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

template <std::size_t N>
bool ends_with_one_of(std::string_view word, const std::array<std::string_view, N>& ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return word.ends_with(end); });
}

// What only wraps an outcome: "Response", "GetTokenResponse", "body".
bool is_wrapper(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kWrappers = {"ocs", "envelope", "body", "result", "meta"};
  return is_one_of(name, kWrappers) || name.ends_with("response");
}

}  // namespace

std::size_t depth_of(std::string_view path) {
  return path.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(path, '.'));
}

std::string_view root_of(std::string_view path) {
  return path.substr(0, path.find('.'));
}

std::string_view unwrapped(std::string_view path) {
  constexpr int kDeepest = 3;
  for (int depth = 0; depth < kDeepest; ++depth) {
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos || !is_wrapper(path.substr(0, dot))) break;
    path.remove_prefix(dot + 1);
  }
  return path;
}

bool is_error_root(std::string_view root) {
  static constexpr std::array<std::string_view, 6> kRoots = {"err",     "fault",  "exception",
                                                             "errcode", "errmsg", "err_code"};
  // In other languages; a word that is another one's ordinary word is left out.
  static constexpr std::array<std::string_view, 11> kForeign = {"fehler", "erreur", "errore", "erro",   "hata", "virhe",
                                                                "chyba",  "blad",   "fout",   "greska", "hiba"};
  return root.starts_with("error") || is_one_of(root, kRoots) || is_one_of(root, kForeign);
}

bool is_content_root(std::string_view root) {
  static constexpr std::array<std::string_view, 35> kRoots = {
      "choices", "candidates", "completions",   "generations", "output", "data",     "items",
      "records", "rows",       "content",       "hits",        "value",  "events",   "alerts",
      "logs",    "entries",    "log",           "history",     "audit",  "jobs",     "tasks",
      "runs",    "deliveries", "notifications", "checks",      "users",  "accounts", "keys",
      "tokens",  "tickets",    "incidents",     "monitors",    "orders", "docs",     "builds"};
  return is_one_of(root, kRoots);
}

bool tells_of_a_life(std::string_view key) {
  static constexpr std::array<std::string_view, 45> kKeys = {
      "row",         "created",   "processed", "imported",     "error_count", "attempts", "enabled",   "has_more",
      "createdat",   "state",     "schedule",  "progress",     "updatedat",   "took",     "published", "actor",
      "event",       "eventtype", "outcome",   "event_type",   "job_id",      "jobid",    "task_id",   "taskid",
      "run_id",      "runid",     "build_id",  "execution_id", "stderr",      "stdout",   "exit_code", "exitcode",
      "started",     "finished",  "since",     "probe",        "monitor",     "uptime",   "strings",   "translations",
      "definitions", "$schema",   "openapi",   "swagger",      "properties"};
  static constexpr std::array<std::string_view, 6> kEnds = {"created_at", "updated_at", "finished_at",
                                                            "started_at", "finishedat", "startedat"};
  if (key.starts_with("next_") || key.starts_with("last"))
    return key.find("page") == std::string_view::npos;  // "next_page_number": of the answer itself
  return key.starts_with("declin") || is_one_of(key, kKeys) || ends_with_one_of(key, kEnds);
}

bool is_verdict_key(std::string_view key) {
  static constexpr std::array<std::string_view, 24> kKeys = {
      "meaning",   "fix",     "valid",     "is_valid", "isvalid",  "verified", "healthy",     "allowed",
      "permitted", "granted", "supported", "eligible", "decision", "verdict",  "deliverable", "reachable",
      "available", "matched", "passed",    "score",    "banned",   "blocked",  "compliant",   "trusted"};
  return is_one_of(key, kKeys);
}

bool says_failure(std::string_view word) {
  static constexpr std::array<std::string_view, 23> kWords = {"error",
                                                              "err",
                                                              "fail",
                                                              "failed",
                                                              "failure",
                                                              "fault",
                                                              "e",
                                                              "rejected",
                                                              "denied",
                                                              "refused",
                                                              "ng",
                                                              "nok",
                                                              "notok",
                                                              "not ok",
                                                              "ko",
                                                              "n",
                                                              "unsuccessful",
                                                              "unauthorized",
                                                              "unauthorised",
                                                              "not authorized",
                                                              "forbidden",
                                                              "request denied",
                                                              "over query limit"};
  static constexpr std::array<std::string_view, 34> kForeign = {
      "fehler", "fehlgeschlagen", "abgelehnt", "erreur",  "echec",  "échec",   "erro",   "falha", "falhou",
      "fallo",  "fallido",        "errore",    "fallito", "fout",   "mislukt", "virhe",  "blad",  "błąd",
      "chyba",  "hiba",           "eroare",    "hata",    "ошибка", "помилка", "σφάλμα", "gagal", "失败",
      "失敗",   "错误",           "錯誤",      "エラー",  "실패",   "오류",    "faild"};
  std::string low = wire::lowered(word);
  std::ranges::replace_if(
      low, [](char c) { return c == '_' || c == '-'; }, ' ');
  return is_one_of(std::string_view(low), kWords) || is_one_of(std::string_view(low), kForeign);
}

bool is_outcome_key(std::string_view key) {
  static constexpr std::array<std::string_view, 20> kKeys = {
      "loginstatus", "login_status", "authstatus", "no",    "code",   "recode",     "num",
      "number",      "status",       "errno",      "rc",    "ret",    "cod",        "cstat",
      "codigo",      "código",       "kod",        "koodi", "codice", "returnvalue"};
  static constexpr std::array<std::string_view, 15> kParts = {"fail",   "err",    "result", "ret",   "resp",
                                                              "status", "reason", "info",   "fault", "outcome",
                                                              "rtn",    "fout",   "fehl",   "hata",  "chyb"};
  static constexpr std::array<std::string_view, 6> kEnds = {"code", "num", "number", "no", "kod", "kodu"};
  if (is_one_of(key, kKeys)) return true;
  const bool numbered = ends_with_one_of(key, kEnds) || key.starts_with("cod");
  return numbered && has_part(key, kParts);
}

bool is_flag_of_success(std::string_view key) {
  static constexpr std::array<std::string_view, 4> kFlags = {"ok", "success", "issuccess", "is_success"};
  return is_one_of(key, kFlags);
}

bool is_message_key(std::string_view key) {
  static constexpr std::array<std::string_view, 40> kParts = {
      "mess",   "msg",    "err",    "detail",  "desc",    "reason", "note",   "inform", "warn",   "mens",
      "meld",   "fehl",   "respon", "info",    "motiv",   "fout",   "virhe",  "mesaj",  "hata",   "meddel",
      "viesti", "pesan",  "chyb",   "opis",    "komunik", "grund",  "selit",  "desp",   "zprav",  "sprav",
      "teade",  "uzenet", "besked", "beskriv", "popis",   "poruk",  "omschr", "remark", "kuvaus", "comment"};
  return has_part(key, kParts);
}

bool only_dates_or_numbers(std::string_view key) {
  static constexpr std::array<std::string_view, 9> kKeys = {
      "date", "time", "timestamp", "server_time", "requestid", "request_id", "trace_id", "traceid", "servertime"};
  return is_one_of(key, kKeys);
}

}  // namespace authprobe::diagnosis
