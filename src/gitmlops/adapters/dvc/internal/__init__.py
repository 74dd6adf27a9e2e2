"""DVC from inside, for the releases that the tests have compared with `dvc repro`: nothing else imports DVC."""
