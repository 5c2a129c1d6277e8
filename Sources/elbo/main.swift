import Service

Program.main()
