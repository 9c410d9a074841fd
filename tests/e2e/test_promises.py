"""What the project promises about 401 and 403, row by row: each promise names the tests that fail when it is broken."""

import re

import pytest

from processes import TOP

# Files without a folder are in tests/e2e. A story of the alerts is named by its file.
PROMISES = {
    "the first 401 or 403 is seen": ("test_refusals.py::test_each_refusal_has_its_state_cause_and_transition",
                                     "test_prometheus.py::test_prometheus_scrapes_and_the_first_change_fires_an_alert"),
    "401, 403 and 429 are told apart": ("test_refusals.py::test_each_refusal_has_its_state_cause_and_transition",
                                        "test_docs.py::test_the_exit_codes_are_those_that_are_promised"),
    "the cause is named: expired, revoked, permissions, rate limit": (
        "test_refusals.py::test_each_refusal_has_its_state_cause_and_transition", "tests/diagnosis/diagnose_test.cc::ChallengeErrors",
        "tests/diagnosis/diagnose_test.cc::RateLimitsUnderOtherCodes"),
    "diagnose goes through the steps": ("test_diagnose.py::test_a_refused_one_is_told_step_by_step",
                                        "test_diagnose_facts.py::test_introspection_is_asked_and_its_scopes_are_compared_with_the_challenge",
                                        "test_diagnose_facts.py::test_the_expiry_lookup_is_asked",
                                        "test_diagnose_facts.py::test_a_refused_login_has_cause_answer_and_owner"),
    "the exact reason of the response is shown": ("test_quick_reference.py::test_the_ids_that_a_servers_log_is_searched_by_are_shown",
                                                  "tests/diagnosis/diagnose_test.cc::TheScopesThatTheChallengeAsksForAreComparedWithTheTokens"),
    "a new token is tried, and its answer decides": ("test_intermittent.py::test_the_next_credential_is_tried_at_once_and_switching_is_advised",
                                                     "test_diagnose_facts.py::test_a_new_secret_is_compared_with_the_present_one"),
    "an alert comes before the expiry": ("tests/alerts/expiry.yml", "tests/alerts/expiry_days.yml"),
    "an endpoint that tells the expiry is asked": ("test_diagnose_facts.py::test_the_expiry_lookup_is_asked",
                                                   "tests/prober/expiry_query_test.cc"),
    "it is documented where a credential is used, and by whom": ("test_checklist.py::test_each_question_is_asked_and_can_be_switched_off",
                                                                 "test_docs_metrics.py::test_the_values_of_labels_are_those_that_are_documented"),
    "permissions are minimal": ("test_checklist.py::test_each_question_is_asked_and_can_be_switched_off",
                                "tests/credential/credential_metadata_test.cc"),
    "the security checklist is asked": ("test_checklist.py::test_each_question_is_asked_and_can_be_switched_off",
                                        "test_checklist.py::test_every_question_is_documented_and_tested"),
    "intermittent refusals have their pattern": ("test_intermittent.py::test_one_node_of_three_is_named",
                                                 "test_intermittent.py::test_a_401_at_the_end_of_the_budget_is_a_rate_limit",
                                                 "test_intermittent.py::test_refusals_that_began_with_a_new_secret_say_so",
                                                 "tests/diagnosis/refusal_pattern_test.cc"),
    "one token's failure shows at all that use it": ("test_refusals.py::test_a_revoked_token_shows_on_all_of_its_targets_and_ends_with_the_repair",),
    "401: missing, expired, invalid, malformed, auth service down": (
        "tests/diagnosis/diagnose_test.cc::NothingSentToAServerThatAsks", "tests/diagnosis/diagnose_test.cc::ASchemeThatTheServerDoesNotOffer",
        "tests/diagnosis/diagnose_test.cc::AnExpiredTokenExplainsAVagueRefusal", "test_auth_health.py::test_a_failing_auth_service_is_the_cause"),
    "403: permission, address, country, rate limit, firewall, disabled": (
        "test_intermittent.py::test_a_403_that_everybody_gets_is_not_about_permissions", "tests/diagnosis/rules_test.cc",
        "test_refusals.py::test_a_page_of_a_firewall_is_forbidden",
        "test_diagnose_facts.py::test_a_proxy_that_forbids_the_tunnel_is_named_and_not_the_apis_rights"),
    "a 401 can be what is expected": ("test_refusals.py::test_an_endpoint_that_must_refuse_and_lets_us_in_is_exposed",),
    "a change from 200 to 401 is an alert": ("tests/alerts/changes.yml", "tests/prober/target_state_test.cc::TwoHundredYesterdayFourOhOneNow"),
    "valid credentials are sent, to a proxy too": ("test_credential_kinds.py::test_nginx_takes_client_certificates_and_passwords",
                                                   "test_proxy.py::test_squid_lets_in_with_the_password_and_the_server_sees_nothing_of_it"),
    "a public page is watched beside": ("test_diagnose.py::test_the_exporter_asks_its_controls_by_itself",
                                        "test_checklist.py::test_one_public_page_serves_all_targets_of_its_server"),
    "several regions stand side by side": ("tests/alerts/whose.yml", "test_diagnose_facts.py::test_other_exporters_are_asked_for_their_view"),
    "each code has a quick reference": ("test_quick_reference.py::test_a_code_has_causes_steps_and_somebody_to_ask",
                                        "test_quick_reference.py::test_a_guess_has_the_steps_of_its_code"),
    "status codes are counted": ("test_refusals.py::test_zero_series_are_there_before_anything_happens",),
    "expiry gauges name their source": ("tests/credential/validity_test.cc", "tests/metrics/golden_test.cc"),
    "transitions are counted, and since when a state lasts is known": (
        "test_refusals.py::test_a_revoked_token_shows_on_all_of_its_targets_and_ends_with_the_repair",
        "tests/prober/target_state_test.cc::SinceIsWhenTheStateBegan"),
    "tokens are cached and fetched early": ("test_credential_kinds.py::test_oauth2_tokens_are_shared_and_fetched_anew_when_revoked",
                                            "test_credential_kinds.py::test_oauth2_tokens_are_refreshed_before_they_end_and_outlive_an_outage"),
    "a protection that is gone is seen": ("test_diagnose.py::test_an_answer_that_anybody_gets_is_exposed",),
    "client certificates have an expiry": ("tests/credential/certificate_test.cc", "tests/alerts/credentials.yml"),
    "the budget is watched, and accounts are not locked": ("tests/prober/rate_limit_test.cc::TheTightestOfSeveralPoliciesCounts",
                                                           "tests/prober/lockout_guard_test.cc::RestsAfterThreeRefusalsInARow",
                                                           "test_store.py::test_a_crash_loop_does_not_send_a_refused_password_again"),
    "a rotation needs no reload": ("test_credentials.py::test_a_secret_that_is_replaced_is_used_without_a_reload",
                                   "test_rotation.py::test_a_rotation_from_the_next_value_to_the_death_of_the_old_one"),
    "the usual kinds of credentials work at real servers": ("test_credential_kinds.py::test_apache_takes_a_digest_and_a_wrong_one_is_spared",
                                                            "test_wire.py::test_aws_signatures_are_what_aws_computes"),
    "rules, routes, runbooks and dashboards are tested": ("test_alerts.py::test_alerts_fire_hold_their_peace_and_resolve",
                                                          "test_routing.py::test_the_routing_is_valid",
                                                          "test_runbooks.py::test_an_incident_is_worked_by_its_runbook",
                                                          "test_dashboards.py::test_every_query_shows_something_of_the_incident"),
    "/probe is as dashboards for the blackbox exporter expect it": (
        "test_blackbox.py::test_probe_has_the_blackbox_exporters_names_types_and_facts",
        "test_blackbox.py::test_debug_shows_the_probe_step_by_step_without_a_secret"),
    "what is known outlives a restart": ("test_store.py::test_a_change_while_the_exporter_was_down_is_a_transition",
                                         "test_restarts.py::test_a_restart_in_an_incident_resolves_and_repeats_nothing"),
    "maintenance probes on and mutes": ("tests/prober/maintenance_test.cc", "tests/alerts/refusals.yml"),
}


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_is_held_by_tests_that_exist(promise):
    for test in PROMISES[promise]:
        file, _, name = test.partition("::")
        path = TOP / (file if "/" in file else f"tests/e2e/{file}")
        assert path.is_file(), file
        if name:
            assert re.search(rf"^def {name}\(|^TEST(_F|_P)?\(\w+, {name}\)", path.read_text(), re.M), test
