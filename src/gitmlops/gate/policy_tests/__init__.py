"""policy_tests: the cases of a policy, judged by the very checks that judge models."""
